// Numbers as people read them.

const kNumber = new Intl.NumberFormat('en');

export const count = (n) => kNumber.format(n);

export const plural = (n, word) => `${count(n)} ${word}${n === 1 ? '' : 's'}`;

export const capital = (words) => words[0].toUpperCase() + words.slice(1);

export function bytes(n) {
  if (n < 1024) return `${n} B`;
  for (const unit of ['KiB', 'MiB']) {
    n /= 1024;
    if (n < 1024) return `${n < 10 ? n.toFixed(1) : Math.round(n)} ${unit}`;
  }
  return `${(n / 1024).toFixed(1)} GiB`;
}

export const speed = (tokensPerSecond) =>
  `${tokensPerSecond < 100 ? tokensPerSecond.toFixed(1) : count(Math.round(tokensPerSecond))} tok/s`;

export function duration(seconds) {
  const units = [['d', 86400], ['h', 3600], ['min', 60], ['s', 1]];
  const first = units.findIndex(([, size]) => seconds >= size);
  if (first < 0) return '0 s';
  return units.slice(first, first + 2)
    .map(([unit, size], i) => [Math.floor((i ? seconds % units[first][1] : seconds) / size), unit])
    .filter(([n], i) => n > 0 || i === 0)
    .map(([n, unit]) => `${n} ${unit}`).join(' ');
}
