// What the page runs on: facts of the model and of the board, and how full its memory is.

import { bytes, capital, count, duration } from './format.js';

const kRegions = { fast: 'fast memory', bulk: 'bulk memory', 'kv cache': 'KV cache' };  // others have good names

const element = (id) => document.getElementById(id);

function make(tag, text, ...children) {
  const made = document.createElement(tag);
  made.append(text, ...children);
  return made;
}

export const boardName = ({ name, chip }) => (chip && chip !== name ? `${name}, ${chip}` : name);

export function showDevice({ version, uptime_s: uptime, board, model, memory, last }) {
  element('introduction').replaceChildren(
    make('strong', model.name), `, ${count(model.parameters)} parameters in ${bytes(model.bytes)}, running on `,
    make('strong', boardName(board)), '. Give it a beginning.');
  element('device').hidden = false;
  element('device-name').textContent = boardName(board);
  element('memory').replaceChildren(...memory.filter(({ used, total }) => used + total > 0).map(showRegion));
  const facts = {
    Model: model.name,
    Licence: model.license,
    Parameters: count(model.parameters),
    Size: `${bytes(model.bytes)}, ${model.type}`,
    Shape: `${model.layers} layers of ${model.dim}, ${model.heads} heads`,
    Vocabulary: count(model.vocabulary),
    Context: `${count(model.context)} tokens`,
    Processor: board.cpu_mhz && `${board.cpu_mhz} MHz`,
    PSRAM: board.psram_mhz && `${board.psram_mhz} MHz`,
    'Cache line': board.cache_line_bytes && bytes(board.cache_line_bytes),
    Temperature: board.temperature_c !== undefined && `${board.temperature_c} °C`,
    Radio: board.rssi_dbm && `${board.rssi_dbm} dBm`,
    'Started by': board.reset_reason,
    'Last story': last && stagesOf(last.stages),
    Thimble: version,
    Running: `for ${duration(uptime)}`,
  };
  element('facts').replaceChildren(...Object.entries(facts)
    .filter(([, value]) => value)
    .map(([name, value]) => make('div', make('dt', name), make('dd', value))));
}

// "120 ms reading, 900 ms computing (40 ms of both for storage), 5 ms waiting"; what took no time is left out.
function stagesOf({ queued_ms: queued, reading_ms: reading, computing_ms: computing, waiting_ms: waiting, storage_ms: storage }) {
  const time = (ms, words) => Math.round(ms) > 0 && `${count(Math.round(ms))} ms ${words}`;
  return [
    time(queued, 'in the queue'), time(reading, 'reading'), time(computing, 'computing'),
    time(storage, 'of these for storage'), time(waiting, 'waiting for you'),
  ].filter(Boolean).join(', ') || 'less than 1 ms';
}

function showRegion({ region, used, total }) {
  const fill = make('span', '');
  fill.style.width = `${(100 * used) / Math.max(total, 1)}%`;
  const bar = make('span', fill);
  bar.className = 'bar';
  bar.setAttribute('aria-hidden', true);
  const words = make('span', total > used ? `${bytes(used)} of ${bytes(total)}` : bytes(used));
  return make('li', make('span', capital(kRegions[region] ?? region)), words, bar);
}

// `try_prompt` is called with the one that somebody picks.
export function showPrompts(prompts, tryPrompt) {
  element('prompts').replaceChildren(...prompts.map((prompt) => {
    const chip = make('button', prompt);
    chip.type = 'button';
    chip.addEventListener('click', () => tryPrompt(prompt));
    return make('li', chip);
  }));
}
