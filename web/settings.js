// The sliders and the seed. What nobody has changed follows the model, and is neither remembered nor sent.

import { count } from './format.js';
import { load, save } from './storage.js';

const kSliders = {
  temperature: (value) => value.toFixed(2),
  top_p: (value) => (value < 1 ? value.toFixed(2) : 'off'),
  top_k: (value) => (value > 0 ? count(value) : 'off'),
  max_tokens: (value) => `${count(value)} tokens`,
};
const kNames = Object.keys(kSliders);

const element = (id) => document.getElementById(id);
const equal = (a, b) => Math.abs(a - b) < 1e-6;  // the model's 0.95 is a float

export class Settings {
  constructor() {
    this.defaults = { temperature: 0.8, top_p: 0.95, top_k: 0, max_tokens: 256 };
    this.chosen = {};    // by name, where it differs from the defaults
    this.keeps = false;  // the seed, for the next story too
    this.last = null;    // seed of the story before
    for (const name of kNames) element(name).addEventListener('input', () => this.choose(name, +element(name).value));
    element('seed').addEventListener('input', () => this.keepSeed(element('seed').value !== ''));
    element('draw').addEventListener('click', () => this.setSeed(drawSeed(), true));
    element('lock').addEventListener('click', () => this.toggleLock());
    element('reset').addEventListener('click', () => {
      this.restore({});
      element('temperature').focus();  // the button is gone
    });
    const { seed, ...chosen } = load('settings', {});
    this.chosen = chosen;
    this.setSeed(seed, seed !== undefined);
  }

  // What the service does where a request is silent, and how long a story may become.
  setDefaults(defaults, context) {
    for (const name of kNames) this.defaults[name] = defaults[name] ?? context;  // no limit but the context
    element('max_tokens').max = context;
    this.show();
  }

  // All of them as numbers, to be told again; the seed alone may be absent.
  get values() {
    return { ...this.defaults, ...this.chosen };
  }

  // For a request, or null where the seed is none.
  request() {
    this.clearFaults();
    const typed = element('seed').value.trim();
    if (this.keeps && !isSeed(typed)) {
      this.fault('seed', `A whole number, at most ${count(Number.MAX_SAFE_INTEGER)}.`);
      return null;
    }
    this.last = this.keeps ? Number(typed) : drawSeed();
    return { ...this.chosen, seed: this.last };
  }

  // As a story of the past was told.
  restore({ seed, ...values }) {
    this.chosen = {};
    for (const name of kNames) if (name in values) this.choose(name, values[name]);
    this.setSeed(seed, seed !== undefined);
    this.clearFaults();
  }

  choose(name, value) {
    if (equal(value, this.defaults[name])) {
      delete this.chosen[name];
    } else {
      this.chosen[name] = value;
    }
    this.fault(name, '');
    this.changed();
  }

  setSeed(seed, keep) {
    element('seed').value = seed ?? '';
    this.keepSeed(keep);
  }

  // A seed that somebody typed or drew is meant to be used.
  keepSeed(keep) {
    this.keeps = keep;
    this.fault('seed', '');
    this.changed();
  }

  // Keeps the seed of the story that was just told.
  toggleLock() {
    this.setSeed(this.keeps ? '' : this.last ?? drawSeed(), !this.keeps);
  }

  changed() {
    const seed = element('seed').value.trim();
    save('settings', this.keeps && isSeed(seed) ? { ...this.chosen, seed: Number(seed) } : this.chosen);
    this.show();
  }

  show() {
    for (const name of kNames) {
      const slider = element(name);
      const words = kSliders[name](this.values[name]);
      slider.value = this.values[name];
      slider.setAttribute('aria-valuetext', words);
      slider.style.setProperty('--share', (slider.value - slider.min) / (slider.max - slider.min));
      document.querySelector(`output[for=${name}]`).textContent = words;
    }
    element('lock').setAttribute('aria-pressed', this.keeps);
    element('reset').hidden = Object.keys(this.chosen).length === 0 && !this.keeps;
  }

  // Says at the setting what the service refused. Returns whether there is such a setting.
  fault(name, words) {
    const place = element(`${name}-fault`);
    if (!place) return false;
    place.textContent = words;
    element(name).toggleAttribute('aria-invalid', words !== '');
    return true;
  }

  clearFaults() {
    for (const name of [...kNames, 'seed']) this.fault(name, '');
  }
}

const isSeed = (text) => /^\d+$/.test(text) && Number.isSafeInteger(Number(text));

const drawSeed = () => crypto.getRandomValues(new Uint32Array(1))[0];
