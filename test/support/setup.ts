import { afterAll, afterEach, beforeAll, beforeEach, expect } from '@jest/globals';
import { phases } from './cleanup.ts';
import { acrossRealms } from './realms.ts';

/** Runs before each test file, in the file's own realm. */
beforeAll(phases.beginFile);
beforeEach(phases.beginTest);
afterEach(phases.endTest);
afterAll(phases.endFile);

expect.addEqualityTesters([acrossRealms]);
