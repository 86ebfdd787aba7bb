// Specs are compiled by tsc (npm's pretest) into .build and run there as plain ESM: no transform, real source maps.
export default {
  testEnvironment: 'node',
  roots: ['<rootDir>/.build/spec'],
  testMatch: ['**/*.spec.js'],
  transform: {},
  // Ends what hangs, and says nothing about speed: a busy machine makes ten seconds of one.
  testTimeout: 20_000,
  maxWorkers: '100%',
  coverageProvider: 'v8',
  collectCoverageFrom: ['.build/lib/**/*.js'],
  coverageReporters: ['text', 'lcov', 'json-summary'],
};
