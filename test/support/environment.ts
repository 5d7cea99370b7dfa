import vm from 'node:vm';
import { TestEnvironment } from 'jest-environment-node';

// A worker whose run was killed would go on by itself. A listener of 'disconnect' would keep it alive at its end.
if (process.send) {
  setInterval(() => {
    if (!process.connected) process.exit(1);
  }, 1_000).unref();
}

/**
 * Jest's environment for Node, in a realm whose global object is an ordinary one. In that of `vm.createContext({})` each look at
 * a global (`Math`, `Buffer`) calls an interceptor, and a loop that does so is many times slower than in the server.
 */
export default class PlainGlobalEnvironment extends TestEnvironment {
  constructor(...given: ConstructorParameters<typeof TestEnvironment>) {
    const { createContext } = vm;
    vm.createContext = (_sandbox, options) => createContext(vm.constants.DONT_CONTEXTIFY, options);
    try {
      super(...given);
    } finally {
      vm.createContext = createContext;
    }
  }
}
