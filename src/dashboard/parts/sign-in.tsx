import { useState } from 'preact/hooks';

import { entraSignIn } from '../data/api.ts';
import { givenKey, keepKey } from '../data/session.ts';
import { keyRefused, signInBy, trouble } from '../state/page.ts';

/** @param signedIn asks again, now that there is something to show */
export function SignIn({ signedIn }: { readonly signedIn: () => void }) {
  return signInBy.value === 'entra' ? <ByEntra /> : <ByKey signedIn={signedIn} />;
}

function ByEntra() {
  return (
    <section class="sign-in" aria-labelledby="sign-in">
      <h1 id="sign-in">Sign in</h1>
      <p>Slipway asks Entra who you are. The audit then shows your name.</p>
      <p class="buttons">
        <a class="button" href={entraSignIn()}>
          Sign in with Entra
        </a>
      </p>
    </section>
  );
}

function ByKey({ signedIn }: { readonly signedIn: () => void }) {
  const [key, setKey] = useState('');
  const [name, setName] = useState(givenKey()?.name ?? '');
  const submit = (event: Event): void => {
    event.preventDefault();
    keepKey({ key: key.trim(), name: name.trim() });
    signedIn();
  };
  return (
    <section class="sign-in" aria-labelledby="sign-in">
      <h1 id="sign-in">Sign in</h1>
      <p>This Slipway asks for a key of its function app. It is kept in this tab only.</p>
      {keyRefused.value && (
        <p class="refusal" role="alert">
          That key is not valid.
        </p>
      )}
      {trouble.value !== undefined && (
        <p class="refusal" role="alert">
          {trouble.value}
        </p>
      )}
      <form onSubmit={submit}>
        <label>
          Function key
          <input
            type="password"
            required
            autocomplete="off"
            value={key}
            onInput={(event) => setKey(event.currentTarget.value)}
          />
        </label>
        <label>
          Your name, for the audit
          <input
            required
            maxLength={200}
            // A header carries nothing else.
            pattern="[ -~]+"
            title="Letters without accents, digits, signs"
            autocomplete="name"
            value={name}
            onInput={(event) => setName(event.currentTarget.value)}
          />
        </label>
        <p class="hint">
          The audit shows it as said, not proven: whoever has the key may say any name.
        </p>
        <p class="buttons">
          <button type="submit" class="primary">
            Sign in
          </button>
          <a href={entraSignIn()}>with Entra instead</a>
        </p>
      </form>
    </section>
  );
}
