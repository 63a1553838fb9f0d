// The prototypes that all objects share cannot be changed once the program has begun: what a host, a file or a mistake in a
// dependency brings in as a key can then never become a property of everything else. Imported before all others.

/**
 * Freezes a prototype. Its methods are put behind accessors first, for a plain frozen one would also keep objects that
 * come later from having a method of the same name (`SafeString.prototype.toString = ...` of Handlebars).
 */
function freezeForGood(prototype: object): void {
  for (const [key, { value, writable, configurable }] of Object.entries(Object.getOwnPropertyDescriptors(prototype))) {
    if (writable !== true || configurable !== true) continue;
    // What stands there before anyone else ran is the engine's own.
    const original: unknown = value;
    Object.defineProperty(prototype, key, {
      get: () => original,
      set(this: object, own: unknown) {
        if (this === prototype) throw new TypeError(`\`${key}\` of every object cannot be changed`);
        Object.defineProperty(this, key, { value: own, writable: true, enumerable: true, configurable: true });
      },
      enumerable: false,
      configurable: false,
    });
  }
  Object.freeze(prototype);
}

freezeForGood(Object.prototype);
Object.freeze(Array.prototype);
Object.freeze(Function.prototype);
