// One transform for all: swc, ESM kept as ESM. `@sluice/*` maps to sources, so tests never read a stale build.
const shared = {
  rootDir: import.meta.dirname,
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '^.+\\.ts$': ['@swc/jest', { jsc: { target: 'es2023', parser: { syntax: 'typescript' } }, module: { type: 'es6' }, sourceMaps: 'inline' }],
  },
  moduleNameMapper: {
    '^@sluice/core$': '<rootDir>/core/src/index.ts',
    '^@sluice/core/(.*)$': '<rootDir>/core/src/$1/index.ts',
    '^@sluice/plugin-([^/]+)$': '<rootDir>/plugins/$1/src/index.ts',
    '^@sluice/plugin-([^/]+)/(.*)$': '<rootDir>/plugins/$1/src/$2.ts',
    '^@sluice/preset-([^/]+)$': '<rootDir>/presets/$1/src/index.ts',
    '^(\\.{1,2}/.*)\\.js$': '$1',
  },
  testEnvironment: 'node',
  modulePathIgnorePatterns: ['/dist/', '<rootDir>/data/'],
};

export default {
  // For a test that hangs. No test shows how quick something is, and a machine that does other things besides is slow. Jest takes it for all projects at once; a
  // project's own is read and not heeded.
  testTimeout: 30_000,
  coverageProvider: 'v8',
  coverageDirectory: 'coverage',
  collectCoverageFrom: ['core/src/**/*.ts', 'plugins/*/src/**/*.ts', 'presets/*/src/**/*.ts', '!**/*.test.ts'],
  projects: [
    {
      ...shared,
      displayName: 'unit',
      testMatch: ['<rootDir>/{core,plugins/*,presets/*}/{src,test}/**/*.test.ts', '<rootDir>/test/{lint,bench,scorecard}/**/*.test.ts'],
    },
    { ...shared, displayName: 'e2e', testMatch: ['<rootDir>/test/e2e/**/*.test.ts'] },
    { ...shared, displayName: 'conformance', testMatch: ['<rootDir>/test/conformance/**/*.test.ts'] },
    { ...shared, displayName: 'fuzz', testMatch: ['<rootDir>/test/fuzz/**/*.test.ts'] },
  ],
};
