// Handlebars' parser without its compiler, which would be most of what a short command loads.
/// <reference types="handlebars" />
declare module 'handlebars/dist/cjs/handlebars/compiler/base.js' {
  const parser: { parse(text: string): hbs.AST.Program };
  export default parser;
}
