// Asks for the API key that the server was started with.
import { useState } from "react";

export function ApiKeyForm({
  wasWrong,
  onKey,
}: {
  wasWrong: boolean;
  onKey: (key: string) => void;
}) {
  const [key, setKey] = useState("");
  return (
    <form
      className="api-key card"
      onSubmit={(event) => {
        event.preventDefault();
        onKey(key.trim());
      }}
    >
      <label htmlFor="api-key">This server wants an API key</label>
      <p className="hint" id="api-key-hint" role={wasWrong ? "alert" : undefined}>
        {wasWrong
          ? "The server does not know that key. Check it and try again."
          : "It is one of those that the server was started with. It is kept in this tab only."}
      </p>
      <div className="row">
        <input
          id="api-key"
          className="field"
          type="password"
          autoComplete="off"
          value={key}
          onChange={(event) => setKey(event.target.value)}
          aria-describedby="api-key-hint"
        />
        <button className="button" disabled={key.trim() === ""}>
          Use key
        </button>
      </div>
    </form>
  );
}
