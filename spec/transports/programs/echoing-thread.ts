/** A thread that sends back what it hears. */
import { parentPort } from 'node:worker_threads';
import { acceptPort } from '../../../lib/transports/message-port.ts';

if (parentPort !== null) acceptPort(parentPort).subscribe((connection) => connection.subscribe((frame) => connection.next(frame)));
