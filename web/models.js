// The models of a chip, and its program: a list, an upload with a bar, a switch. A server that has none of it does not
// say so in its /api/info, and this part of the page stays hidden.

import { bytes, capital } from './format.js';

const element = (id) => document.getElementById(id);

function say(words, isFault = false) {
  element('models-said').textContent = words;
  element('models-said').classList.toggle('fault', isFault);
}

function button(words, label, act) {
  const made = document.createElement('button');
  made.type = 'button';
  made.className = 'quiet';
  made.textContent = words;
  made.setAttribute('aria-label', label);
  made.addEventListener('click', act);
  return made;
}

// What is wrong, as the board says it.
async function fault(answer) {
  try {
    return (await answer.json()).error.message;
  } catch {
    return `${answer.status} ${answer.statusText}`;
  }
}

export class Models {
  // `headers`: a function that gives those of a request. `changed`: called when another model tells.
  constructor(headers, changed) {
    this.headers = headers;
    this.changed = changed;
    element('models-file').addEventListener('change', () => this.send(element('models-file').files[0]));
  }

  async show() {
    const answer = await fetch('api/models', { headers: this.headers() });
    if (!answer.ok) return;
    const { models, card } = await answer.json();
    element('models').hidden = false;
    document.querySelector('label[for="models-place"]').hidden = !card;
    if (!card) element('models-place').value = '';
    element('models-list').replaceChildren(...models.filter(({ state }) => state !== 'absent').map((m) => this.row(m)));
  }

  row({ name, state, tells, partition, card, bytes: size, why }) {
    const row = document.createElement('li');
    const words = document.createElement('span');
    words.textContent = name;
    const hint = document.createElement('span');
    hint.className = 'hint';
    hint.textContent = [tells ? 'tells' : why ?? state, size > 0 && bytes(size)].filter(Boolean).join(', ');
    row.append(words, hint);
    if (!tells) row.append(button('Use', `Let ${name} tell`, () => this.take(name)));
    if (!tells && (partition || card)) row.append(button('Delete', `Delete ${name}`, () => this.remove(name)));
    return row;
  }

  async ask(method, path, name) {
    const answer = await fetch(`${path}?name=${encodeURIComponent(name)}`, { method, headers: this.headers() });
    if (answer.ok) return true;
    say(capital(await fault(answer)), true);
    return false;
  }

  async take(name) {
    say(`${name} is checked …`);
    if (await this.ask('POST', 'api/models/select', name)) {
      say(`${name} tells now.`);
      this.changed();
    }
    this.show();
  }

  async remove(name) {
    if (await this.ask('DELETE', 'api/models', name)) say(`${name} is deleted.`);
    this.show();
  }

  // A card names files by fewer letters than others do.
  placeOf(name) {
    if (element('models-place').value !== 'card') return 'api/models';
    return `api/models?to=card&name=${name.replace(/[^A-Za-z0-9._-]+/g, '_')}`;
  }

  // fetch() does not tell how far it is.
  send(file) {
    if (!file) return;
    const isProgram = file.name.endsWith('.bin');
    const request = new XMLHttpRequest();
    const bar = element('models-progress');
    const end = (words, isFault) => {
      bar.hidden = true;
      element('models-file').disabled = false;
      element('models-file').value = '';
      say(words, isFault);
      this.show();
    };
    request.open('POST', isProgram ? 'api/update' : this.placeOf(file.name));
    for (const [name, value] of Object.entries(this.headers())) request.setRequestHeader(name, value);
    request.upload.addEventListener('progress', ({ loaded, total }) => {
      bar.value = loaded / total;
      say(`${file.name}: ${bytes(loaded)} of ${bytes(total)}`);
    });
    request.addEventListener('load', async () => {
      const answer = new Response(request.responseText, { status: request.status });
      if (!answer.ok) return end(capital(await fault(answer)), true);
      if (isProgram) return end('The board starts the new program. It goes back to this one, unless the new one tells.');
      end(`${file.name} is there, as ${(await answer.json()).name}.`);
    });
    request.addEventListener('error', () => end(`${file.name}: the connection broke, and nothing changed.`, true));
    bar.value = 0;
    bar.hidden = false;
    element('models-file').disabled = true;
    say(`${file.name} is sent …`);
    request.send(file);
  }
}
