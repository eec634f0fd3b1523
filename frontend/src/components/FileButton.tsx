// A button that takes a file.
import { Icon } from "./Icon.tsx";

type FileButtonProps = {
  label: string;
  /** As `accept` of a file input. */
  accept: string;
  disabled?: boolean;
  onFile: (file: File) => void;
};

export function FileButton({ label, accept, disabled = false, onFile }: FileButtonProps) {
  return (
    <label className="button button-small file-button">
      <Icon name="upload" />
      {label}
      <input
        type="file"
        className="visually-hidden"
        accept={accept}
        disabled={disabled}
        onChange={({ target }) => {
          const [file] = target.files ?? [];
          if (file) onFile(file);
          // The same file again is a change again.
          target.value = "";
        }}
      />
    </label>
  );
}
