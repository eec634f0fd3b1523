// The schema library, of which the build makes one file: its package has hundreds, and reading them took as long as the rest of
// a start. Nothing else imports it.
export { default as Type } from "typebox";
export { Compile } from "typebox/compile";
