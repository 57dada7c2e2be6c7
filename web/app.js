// The page: asks for stories over the WebSocket (docs/API.md), and shows what comes.

import { Connection } from './connection.js';
import { boardName, showDevice, showPrompts } from './device.js';
import { capital, count, plural, speed } from './format.js';
import { History } from './history.js';
import { Models } from './models.js';
import { Settings } from './settings.js';
import { load, save } from './storage.js';
import { Narrator, Story } from './story.js';

const element = (id) => document.getElementById(id);
const here = (path) => new URL(path, location.href);

const settings = new Settings();
const story = new Story(element('text'));
const narrator = new Narrator(element('narrator'));
const history = new History(reopen);
const models = new Models(authorization, () => { defaults = null; learn(); });
let key = load('key', '');  // that the device asks for
let info = null;            // of /api/info
let defaults = null;        // of /api/settings
let shown = null;           // the story on the page, as history keeps it
let telling = null;         // the same while it is being told

// --- what is said, and where

function say(words, isFault = false) {
  if (element('state').textContent !== words) element('state').textContent = words;  // or it is read out again
  element('state').classList.toggle('fault', isFault);
}

function showFigures({ tokensPerSecond, contextUsed, context }) {
  element('figures').hidden = context === undefined;
  if (context === undefined) return;
  element('speed').textContent = tokensPerSecond ? speed(tokensPerSecond) : '';
  element('context').textContent = `${count(contextUsed)} of ${count(context)}`;
  element('context-bar').style.width = `${(100 * contextUsed) / context}%`;
}

function showButton() {
  element('tell').textContent = telling ? 'Stop' : 'Tell';
  element('tell').classList.toggle('stop', telling !== null);
  document.documentElement.classList.toggle('telling', telling !== null);
}

function showStory(prompt) {
  element('empty').hidden = true;
  element('story').hidden = false;
  element('ending').hidden = true;
  story.begin(prompt);
}

function showEnding() {
  const { model, board, seed, tokens, tokensPerSecond } = shown;
  const figures = tokensPerSecond ? `${plural(tokens, 'token')} at ${speed(tokensPerSecond)}, ` : '';
  element('colophon').textContent = `Told by ${model} on ${board}: ${figures}seed ${seed}.`;
  element('ending').hidden = false;
}

// --- telling a story

function tell(prompt) {
  if (!connection.isOpen) return say('There is no connection yet; your words stay here.', true);
  const options = settings.request();
  if (!options) return refuse('seed');
  telling = {
    time: Date.now(), prompt, text: '', settings: { ...settings.values, seed: options.seed }, seed: options.seed,
    model: info?.model.name ?? 'the model', board: info ? boardName(info.board) : 'this device', tokens: 0,
  };
  shown = telling;
  connection.send({ type: 'generate', prompt, ...options, ...(key && { key }) });
  showStory(prompt);
  narrator.begin();
  showFigures({});
  showButton();
  say('Asking …');
}

// Something is wrong with a setting, which says what.
function refuse(name) {
  say(`${capital(element(name).labels[0].textContent)} was refused: see there.`, true);
  if (getComputedStyle(element('settings')).display === 'none') element('settings').showPopover();
  element(name).focus();
}

function tellPrompt(prompt) {
  setPrompt(prompt);
  tell(prompt);
}

function stop() {
  connection.send({ type: 'stop' });
  say('Stopping …');
}

// A story that has begun ends here, for whatever reason.
function end(words, isFault = false) {
  story.flush();
  narrator.end();
  telling = null;
  showButton();
  say(words, isFault);
  if (shown.text === '') return startAnew();
  showEnding();
  story.follow();
  history.add(shown);
}

const kEndings = { stop: 'The end.', length: 'The length is used up.', cancelled: 'Stopped.' };

// By the type of the message; what comes late for a story that has ended here is dropped.
const handlers = {
  queued({ position }) {
    say(`Waiting: ${position === 1 ? 'one story is' : `${count(position)} stories are`} told before yours.`);
  },

  start({ seed, prompt_tokens: promptTokens, context }) {
    telling.seed = seed;
    telling.context = context;
    showFigures({ contextUsed: promptTokens, context });
    say('Telling …');
  },

  reading({ read, of }) {
    say('Reading the beginning …');
    showFigures({ contextUsed: read, context: of });
    element('context').textContent = `${count(read)} of ${count(of)}`;
  },

  token({ text }) {
    telling.text += text;
    story.append(text);
    narrator.append(text);
  },

  stats({ tokens, tokens_per_second: tokensPerSecond, context_used: contextUsed }) {
    Object.assign(telling, { tokens, tokensPerSecond });
    showFigures({ tokensPerSecond, contextUsed, context: telling.context });
  },

  done(event) {
    Object.assign(telling, { tokens: event.tokens, tokensPerSecond: event.tokens_per_second });
    showFigures({ tokensPerSecond: event.tokens_per_second, contextUsed: event.context_used, context: event.context });
    end(kEndings[event.finish_reason]);
    learn();
  },

  error({ code, field, message }) {
    end(message, true);
    if (field && settings.fault(field, message)) refuse(field);
    if (code === 401) askForKey();
  },
};

function startAnew() {
  shown = null;
  showFigures({});
  element('story').hidden = true;
  element('empty').hidden = false;
}

function reopen(old) {
  if (telling) return say('One story at a time: stop this one first.', true);
  shown = old;
  settings.restore(old.settings);
  setPrompt(old.prompt);
  showStory(old.prompt);
  story.append(old.text);
  story.flush();
  scrollTo(0, 0);
  showEnding();
  showFigures({});
  say('');
  if (element('history').matches(':popover-open')) element('history').hidePopover();
}

// --- the device

const connection = new Connection(here('ws').href.replace(/^http/, 'ws'), {
  opened() {
    showLink('open', 'Connected');
    learn();
  },

  closed() {
    if (telling) end('The connection broke here.', true);
    defaults = null;
    showLink('closed', 'Offline');
  },

  waiting(seconds) {
    element('offline-wait').textContent = `Next try in ${seconds} s.`;
  },

  message(event) {
    if (telling) handlers[event.type]?.(event);
  },
});

function showLink(state, words) {
  element('link').dataset.state = state;
  element('link').firstElementChild.textContent = words;
  element('offline').hidden = state !== 'closed';
}

function authorization() {
  return key ? { Authorization: `Bearer ${key}` } : {};
}

async function ask(path) {
  const answer = await fetch(here(path), { headers: authorization() });
  if (!answer.ok) throw new Error(`${answer.status} ${answer.statusText}`, { cause: answer.status });
  return answer.json();
}

// After each story, for the memory; what does not change once for each connection.
async function learn() {
  try {
    info = await ask('api/info');
    if (!defaults) {
      defaults = await ask('api/settings');
      showPrompts(info.model.prompts, tellPrompt);
      if (info.manages_models) models.show();
    }
  } catch (error) {
    if (error.cause === 401) return askForKey();
    if (!info) element('introduction').textContent = `The device does not say what it runs: ${error.message}.`;
    return;
  }
  element('key-form').hidden = true;
  document.title = `${info.model.name} · Thimble`;
  settings.setDefaults(defaults, info.model.context);
  showDevice(info);
}

function askForKey() {
  element('introduction').textContent = key ? 'That is not the key of this device.' : 'This device answers only those who have its key.';
  element('prompts').replaceChildren();
  element('key-form').hidden = false;
}

// --- the keyboard and the buttons

const box = element('prompt');

function setPrompt(text) {
  box.value = text;
  fitBox();
}

// Where the browser cannot do it by itself (field-sizing).
function fitBox() {
  if (CSS.supports('field-sizing', 'content')) return;
  box.style.height = 'auto';
  box.style.height = `${box.scrollHeight}px`;
}

box.addEventListener('input', fitBox);
box.addEventListener('keydown', (event) => {
  if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  if (!telling) tell(box.value);
});

element('compose').addEventListener('submit', (event) => {
  event.preventDefault();
  if (telling) {
    stop();
  } else {
    tell(box.value);
  }
});

addEventListener('keydown', (event) => {
  if (event.key === 'Escape' && telling && !document.querySelector(':popover-open')) stop();
});

// A sheet of the phone is a column of wider windows.
for (const width of ['47.5rem', '72.5rem']) {
  matchMedia(`(min-width: ${width})`).addEventListener('change', () => {
    document.querySelector(':popover-open')?.hidePopover();
  });
}

element('try-now').addEventListener('click', () => {
  showLink('connecting', 'Connecting');
  connection.open();
});

element('key-form').addEventListener('submit', (event) => {
  event.preventDefault();
  key = element('key').value;
  save('key', key);
  learn();
});

element('another').addEventListener('click', () => {
  startAnew();
  setPrompt('');
  say('');
  box.focus();
});

element('copy').addEventListener('click', async () => {
  const words = element('copy').querySelector('span');
  words.textContent = (await copy(shown.prompt + shown.text)) ? 'Copied' : 'Not allowed';
  setTimeout(() => { words.textContent = 'Copy'; }, 2000);
});

// A page from a chip has no certificate, and browsers lend it the old way alone.
async function copy(text) {
  if (navigator.clipboard) return navigator.clipboard.writeText(text).then(() => true, () => false);
  const carrier = document.createElement('textarea');
  carrier.value = text;
  carrier.className = 'unseen';
  element('story').append(carrier);
  carrier.select();
  const done = document.execCommand('copy');
  carrier.remove();
  element('copy').focus();
  return done;
}
