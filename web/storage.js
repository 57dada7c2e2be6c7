// What this browser remembers of the page. It may be told to remember nothing, or run out of room.

const kPrefix = 'thimble.';

export function load(name, otherwise) {
  try {
    return JSON.parse(localStorage.getItem(kPrefix + name)) ?? otherwise;
  } catch {
    return otherwise;
  }
}

// Whether it is kept.
export function save(name, value) {
  try {
    localStorage.setItem(kPrefix + name, JSON.stringify(value));
    return true;
  } catch {
    return false;
  }
}

// Calls `changed` when another tab has saved something under that name.
export function watch(name, changed) {
  addEventListener('storage', (event) => {
    if (event.key === null || event.key === kPrefix + name) changed();
  });
}
