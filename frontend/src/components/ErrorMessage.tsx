// What went wrong and what to do, said aloud once by a screen reader.
import type { Explanation } from "../explain-error.ts";

export function ErrorMessage({ problem }: { problem: Explanation }) {
  return (
    <div className="error-message" role="alert">
      <strong>{problem.title}</strong>
      {problem.advice && <span>{problem.advice}</span>}
    </div>
  );
}
