// Light or dark: as the system says, unless the switch says otherwise. Loaded before the page is painted, so that nobody
// sees the wrong colours flash; so it is no module.
'use strict';

const theme = {
  key: 'thimble.theme',
  system: matchMedia('(prefers-color-scheme: dark)'),
  chosen: null,  // or light or dark

  get dark() { return this.chosen ? this.chosen === 'dark' : this.system.matches; },

  // A browser that remembers nothing throws.
  load() {
    try {
      this.chosen = localStorage.getItem(this.key);
    } catch { /* then the system decides */ }
  },

  // What the system wants anyway is not remembered, so that the page goes on following it.
  toggle() {
    const wanted = this.dark ? 'light' : 'dark';
    this.chosen = this.system.matches === (wanted === 'dark') ? null : wanted;
    this.show();
    try {
      if (this.chosen) localStorage.setItem(this.key, this.chosen);
      else localStorage.removeItem(this.key);
    } catch { /* then it holds until the page is left */ }
  },

  show() {
    const page = document.documentElement;
    page.dataset.theme = this.chosen ?? 'system';
    document.querySelector('[name=theme-color]').content = getComputedStyle(page).backgroundColor;  // of a phone's own bars
    document.getElementById('theme')?.setAttribute('aria-pressed', this.dark);
  },
};

theme.load();
theme.show();
theme.system.addEventListener('change', () => theme.show());
addEventListener('DOMContentLoaded', () => {
  document.getElementById('theme').addEventListener('click', () => theme.toggle());
  theme.show();
});
