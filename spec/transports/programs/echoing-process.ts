/** A process that sends back what it hears, and ends itself when it is told to. */
import { acceptIpc } from '../../../lib/transports/ipc.ts';

acceptIpc(process, { subprotocols: ['wamp.2.cbor', 'wamp.2.json'] }).subscribe((connection) => connection.subscribe((frame) => {
  if (frame === 'die') process.exit(1);
  connection.next(frame);
}));
