// wampy of npm as a client of the router: WAMP_NODE_MODULES=… node wampy.mjs URL json|msgpack|cbor
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

const modules = process.env.WAMP_NODE_MODULES;
const require = createRequire(`${modules}/`);
const { w3cwebsocket } = require('websocket');
const load = (name) => import(pathToFileURL(require.resolve(name)));
const { Wampy } = require('wampy');
const [, , url, serializer] = process.argv;
const module = { json: 'JsonSerializer', msgpack: 'MsgpackSerializer', cbor: 'CborSerializer' }[serializer];
const { [module]: Serializer } = await load(`wampy/${module}.js`);

const wampy = new Wampy(url, { realm: 'realm1', ws: w3cwebsocket, serializer: new Serializer(), autoReconnect: false });
await wampy.connect();
const events = [];
await wampy.register('theirs.echo', ({ argsList, argsDict }) => ({ argsList, argsDict }));
await wampy.register('theirs.count', ({ argsList: [to], details, result_handler: answer }) => {
  if (details?.receive_progress) for (let n = 1; n <= to; n++) answer({ argsList: [n], options: { progress: true } });
  return ['done'];
});
await wampy.register('theirs.fail', ({ argsList, argsDict }) => { throw Object.assign(new Error('failed'), { error: 'theirs.failed', argsList, argsDict }); });
await wampy.register('theirs.run', async () => {
  const progress = [];
  const echoed = await wampy.call('ours.echo', { argsList: [1, 'two'], argsDict: { text: 'ä' } });
  const done = await wampy.call('ours.count', [3], { progress_callback: ({ argsList }) => progress.push(argsList[0]) });
  const failure = await wampy.call('ours.fail', { argsList: ['why'], argsDict: { code: 7 } }).then(() => null, ({ errorUri, argsList, argsDict }) => [errorUri, argsList, argsDict]);
  const { publicationId } = await wampy.publish('theirs.topic', { argsList: [1, 'two'], argsDict: { text: 'ä' } });
  return [{ echo: [echoed.argsList, echoed.argsDict], progress: [...progress, done.argsList[0]], failure, acknowledged: publicationId > 0, events }];
});
const note = ({ argsList, argsDict }) => { events.push([argsList ?? [], argsDict ?? {}]); };
// What is left out goes out as undefined, which MsgPack has not.
await wampy.subscribe('ours.topic', note, { match: 'exact', get_retained: false });
await wampy.subscribe('ours.other', note, { match: 'prefix', get_retained: false });
console.log('ready');
