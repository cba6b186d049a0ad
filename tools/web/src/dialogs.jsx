import { useEffect, useId, useRef, useState } from "preact/hooks";

/// The browser's own dialog: it keeps the focus inside, and Esc closes it.
function Dialog({ title, onClose, onSubmit, action, children }) {
  const element = useRef(null);
  const heading = useId();
  const [error, setError] = useState("");
  const [busy, setBusy] = useState(false);
  useEffect(() => {
    element.current.showModal();
  }, []);
  const submit = async (event) => {
    event.preventDefault();
    setError("");
    setBusy(true);
    try {
      await onSubmit(event.currentTarget);
    } catch (problem) {
      setError(problem.message);
      setBusy(false);
    }
  };
  return (
    <dialog ref={element} aria-labelledby={heading} onClose={onClose}>
      <form onSubmit={submit}>
        <h2 id={heading}>{title}</h2>
        {children}
        <p class="error" role="alert">{error}</p>
        <div class="choices">
          <button type="button" onClick={onClose}>Cancel</button>
          <button type="submit" class="main" disabled={busy}>{action}</button>
        </div>
      </form>
    </dialog>
  );
}

export function AddDialog({ onClose, onAdd }) {
  return (
    <Dialog title="Add a clone" action="Add" onClose={onClose} onSubmit={(form) => onAdd(form.elements.path.value.trim())}>
      <label>
        Path on the node's machine
        <input name="path" required placeholder="/home/me/src/project" autocomplete="off" spellcheck={false} />
      </label>
    </Dialog>
  );
}

export function TokenDialog({ why, onClose, onToken }) {
  return (
    <Dialog title="The node wants a token" action="Use" onClose={onClose} onSubmit={(form) => onToken(form.elements.token.value.trim())}>
      <p>{why}</p>
      {!isSecureContext && <p>This connection is not encrypted: who is between can read the token.</p>}
      <label>
        Token, kept until this tab is closed
        <input name="token" type="password" required autocomplete="off" spellcheck={false} />
      </label>
    </Dialog>
  );
}

export function ConfirmDialog({ title, text, action, onClose, onConfirm }) {
  return (
    <Dialog title={title} action={action} onClose={onClose} onSubmit={onConfirm}>
      <p>{text}</p>
    </Dialog>
  );
}
