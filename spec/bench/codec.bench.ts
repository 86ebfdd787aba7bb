/** Messages to frames and back, beside JSON.parse and JSON.stringify of the same lists, which check nothing. */
import { bench, type BenchFile, type Case } from './harness/bench.ts';
import type { SampleMessage } from './processes/codec.ts';
import { codecProcess, type CodecAlone } from './processes/fixtures.ts';
import { FLOOR } from './subjects/subject.ts';

const SERIALIZERS = ['wamp.2.json', 'wamp.2.msgpack', 'wamp.2.cbor'];

const benches: BenchFile = () => [
  bench({
    title: 'codec, to JSON.parse and JSON.stringify',
    subjects: [FLOOR, ...SERIALIZERS],
    judged: SERIALIZERS,
    open: codecProcess,
    cases: [
      encode('publish', 'PUBLISH'),
      encode('largePublish', 'PUBLISH of 1 KB'),
      encode('call', 'CALL'),
      decode('event', 'EVENT'),
      decode('largeEvent', 'EVENT of 1 KB'),
      decode('result', 'RESULT'),
      relay('publish', 'PUBLISH'),
      relay('largePublish', 'PUBLISH of 1 KB'),
    ],
  }),
];

export default benches;

function encode(sample: SampleMessage, name: string): Case<CodecAlone> {
  return {
    measures: [{ key: 'rate', title: `${name} written`, unit: '/s' }],
    run: ({ codec }, count) => codec.ask('encode', count, sample),
  };
}

function decode(sample: SampleMessage, name: string): Case<CodecAlone> {
  return {
    measures: [{ key: 'rate', title: `${name} read`, unit: '/s' }],
    run: ({ codec }, count) => codec.ask('decode', count, sample),
  };
}

function relay(sample: 'publish' | 'largePublish', name: string): Case<CodecAlone> {
  return {
    measures: [{ key: 'rate', title: `${name} read, its EVENT written`, unit: '/s' }],
    run: ({ codec }, count) => codec.ask('relay', count, sample),
  };
}
