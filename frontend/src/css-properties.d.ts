// Custom properties that components set.
import "react";

declare module "react" {
  interface CSSProperties {
    "--filled"?: string;
  }
}
