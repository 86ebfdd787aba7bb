// autobahn of npm as a client of the router: WAMP_NODE_MODULES=… node autobahn-js.mjs URL json|msgpack|cbor
import { createRequire } from 'node:module';

const require = createRequire(`${process.env.WAMP_NODE_MODULES}/`);
const autobahn = require('autobahn');
const [, , url, serializer] = process.argv;
const serializers = { json: 'JSONSerializer', msgpack: 'MsgpackSerializer', cbor: 'CBORSerializer' };
const connection = new autobahn.Connection({ url, realm: 'realm1', serializers: [new autobahn.serializer[serializers[serializer]]()], max_retries: 0 });

connection.onopen = async (session) => {
  const events = [];
  await session.register('theirs.echo', (args, kwargs) => new autobahn.Result(args, kwargs));
  await session.register('theirs.count', ([to], kwargs, details) => {
    for (let n = 1; n <= to; n++) details.progress?.([n]);
    return 'done';
  });
  await session.register('theirs.fail', (args, kwargs) => { throw new autobahn.Error('theirs.failed', args, kwargs); });
  await session.register('theirs.run', async () => {
    const progress = [];
    const echoed = await session.call('ours.echo', [1, 'two'], { text: 'ä' });
    // Its promises tell their progress to a third function.
    // oxlint-disable-next-line promise/valid-params
    const done = await session.call('ours.count', [3], {}, { receive_progress: true }).then((value) => value, undefined, (value) => progress.push(value));
    const failure = await session.call('ours.fail', ['why'], { code: 7 }).then(() => null, ({ error, args, kwargs }) => [error, args, kwargs]);
    const { id } = await session.publish('theirs.topic', [1, 'two'], { text: 'ä' }, { acknowledge: true });
    return { echo: [echoed.args, echoed.kwargs], progress: [...progress, done], failure, acknowledged: id > 0, events };
  });
  const note = (args, kwargs) => { events.push([args ?? [], kwargs ?? {}]); };
  await session.subscribe('ours.topic', note);
  await session.subscribe('ours.other.', note, { match: 'prefix' });
  console.log('ready');
};
connection.onclose = (reason, details) => { console.error(reason, details); };
connection.open();
