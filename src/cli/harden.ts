// The prototypes that all objects share cannot be changed once the program has begun: what a host, a file or a mistake in a
// dependency brings in as a key can then never become a property of everything else. Imported before all others.

/**
 * Freezes an object: its properties one by one, and then against new ones. `Object.freeze` comes to the same, and makes V8
 * write to all typed arrays of the program five times slower when it is done to `Object.prototype`.
 */
function freezeForGood(target: object): void {
  for (const [key, { value }] of ownProperties(target)) {
    Object.defineProperty(target, key, { ...(value === undefined ? {} : { writable: false }), configurable: false });
  }
  Object.preventExtensions(target);
}

/**
 * Puts the methods of a prototype behind accessors. A frozen one would also keep objects that come later from having a
 * method of the same name by assignment (`SafeString.prototype.toString = ...` of Handlebars).
 */
function letOthersHaveTheirOwn(prototype: object): void {
  for (const [key, { value, writable, configurable }] of ownProperties(prototype)) {
    if (writable !== true || configurable !== true) continue;
    // What stands there before anyone else ran is the engine's own.
    const original: unknown = value;
    Object.defineProperty(prototype, key, {
      get: () => original,
      set(this: object, own: unknown) {
        if (this === prototype) throw new TypeError(`\`${String(key)}\` of every object cannot be changed`);
        Object.defineProperty(this, key, { value: own, writable: true, enumerable: true, configurable: true });
      },
      enumerable: false,
      configurable: true,
    });
  }
}

function ownProperties(target: object): readonly (readonly [string | symbol, PropertyDescriptor])[] {
  const all: Readonly<Record<string | symbol, PropertyDescriptor>> = Object.getOwnPropertyDescriptors(target);
  return Reflect.ownKeys(all).flatMap((key) => (all[key] === undefined ? [] : [[key, all[key]] as const]));
}

letOthersHaveTheirOwn(Object.prototype);
for (const each of [Object.prototype, Array.prototype, Function.prototype]) freezeForGood(each);
