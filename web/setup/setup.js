// The board's set-up page: shows who is around, sends a name and a password, and says what came of it. The board tells its
// state at /api/wifi whenever it is asked.
'use strict';

const kEveryMs = 1500;  // while something is under way
const kSeldomMs = 5000;

// What keeps a board from a network, by the names that it has for it.
const kProblems = {
  none: '',
  not_found: 'No network of that name is in reach.',
  wrong_password: 'It does not accept the password, or is too far away.',
  no_answer: 'It does not answer.',
  no_address: 'It gives the board no address.',
  lost: 'The connection broke.',
  refused: 'The radio refused.',
  no_memory: 'There is too little memory for Wi-Fi.',
  not_saved: 'The board could not save it, and will have forgotten it when the power goes.',
};

const byId = (id) => document.getElementById(id);
let listed = -1;  // which scan the list shows
let waiting = null;  // how many attempts had ended when ours began
let first = true;
let timer = 0;

async function ask(path, body) {
  const options = body === undefined ? {} : {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  };
  const answer = await fetch(path, { cache: 'no-store', ...options });
  const said = await answer.json();
  if (!answer.ok) throw new Error(said.error.message);
  return said;
}

function say(text, fault = '') {
  byId('said').textContent = text;
  byId('fault').textContent = fault;
}

const strength = (rssi) => (rssi >= -60 ? 'strong' : rssi >= -75 ? 'fair' : 'weak');

function list(networks) {
  const chosen = document.querySelector('[name=network]:checked')?.value;
  byId('networks').replaceChildren(...networks.map((network) => {
    const row = byId('network').content.cloneNode(true);
    const input = row.querySelector('input');
    input.value = network.ssid;
    input.checked = network.ssid === chosen;
    row.querySelector('span').textContent = network.ssid;
    row.querySelector('small').textContent = strength(network.rssi) + (network.secured ? ', with a password' : ', open');
    return row;
  }));
  if (!document.querySelector('[name=network]:checked')) byId('other').checked = true;
  choose();
}

function choose() {
  byId('name-field').hidden = !byId('other').checked;
}

// What the board says of itself, in words.
function show(wifi) {
  byId('board').textContent = wifi.access_point;
  const ended = waiting !== null && wifi.trials !== waiting;
  if (ended) waiting = null;
  const joined = wifi.state === 'online' && waiting === null;
  byId('form').hidden = joined;
  byId('done').hidden = !joined;
  byId('join').disabled = waiting !== null;
  if (joined) {
    byId('title').textContent = 'Joined';
    say('The board is in the network.', kProblems[wifi.problem]);
    byId('done-name').textContent = wifi.ssid;
    byId('done-address').textContent = byId('done-address').href = `http://${wifi.address}/`;
  } else if (ended) {
    say('Not joined.', kProblems[wifi.trial_problem]);
  } else if (waiting !== null) {
    say(`Joining ${wifi.ssid} …`);
  } else if (first) {
    say('Choose one, and the board joins it.', wifi.ssid && `${wifi.ssid}: ${kProblems[wifi.problem]}`);
  }
  first = false;
  byId('scan').disabled = wifi.scanning;
  byId('scan').textContent = wifi.scanning ? 'Looking …' : 'Look again';
}

async function look() {
  clearTimeout(timer);
  let busy = true;
  try {
    const wifi = await ask('/api/wifi');
    show(wifi);
    if (wifi.scans !== listed && !wifi.scanning) {
      listed = wifi.scans;
      list((await ask('/api/wifi/networks')).networks);
    }
    busy = wifi.scanning || waiting !== null;
  } catch {
    say('The board does not answer. It changes its channel for the network that it joins: stay in its own, or join that again.');
    first = true;
  }
  timer = setTimeout(look, busy ? kEveryMs : kSeldomMs);
}

async function scan() {
  try {
    await ask('/api/wifi/scan', {});
  } catch (error) {
    say('', error.message);
  }
  look();
}

async function join(event) {
  event.preventDefault();
  const ssid = document.querySelector('[name=network]:checked').value || byId('name').value;
  try {
    const said = await ask('/api/wifi/join', { ssid, password: byId('password').value });
    waiting = said.trials;
    say(`Joining ${ssid} …`);
  } catch (error) {
    say('Not joined.', error.message);
  }
  look();
}

byId('form').addEventListener('submit', join);
byId('form').addEventListener('change', choose);
byId('scan').addEventListener('click', scan);
byId('show').addEventListener('change', () => {
  byId('password').type = byId('show').checked ? 'text' : 'password';
});
scan();
