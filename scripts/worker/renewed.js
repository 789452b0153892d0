// Part of the Worker's entry module (scripts/lib/worker.mjs): objects outlive the module in which they are.
import { DurableObject } from "cloudflare:workers";

/**
 * A class of Durable Objects whose instance is made anew, as at its start, when the module that held it is gone. `state.instanceId` is
 * counted up by the crate `worker` whenever the module is instantiated. The platform's class is its base, so that its methods may be
 * called from other parts of the Worker.
 */
export function renewed(Class, state) {
  return class extends DurableObject {
    #arguments;
    #object;
    #instance;

    static {
      for (const name of Object.getOwnPropertyNames(Class.prototype)) {
        if (name === "constructor" || name === "free" || name.startsWith("__")) continue;
        Object.defineProperty(this.prototype, name, {
          value(...args) {
            return this.#current()[name](...args);
          },
        });
      }
    }

    constructor(...args) {
      super(...args);
      this.#arguments = args;
      this.#current();
    }

    #current() {
      if (this.#instance !== state.instanceId) {
        this.#object = new Class(...this.#arguments);
        this.#instance = state.instanceId;
      }
      return this.#object;
    }
  };
}
