// Light or dark: as the system says, unless the switch says otherwise. Loaded before the page is painted, so that nobody
// sees the wrong colours flash.
'use strict';

const theme = {
  key: 'thimble.theme',
  system: matchMedia('(prefers-color-scheme: dark)'),

  get chosen() { return localStorage.getItem(this.key); },
  get dark() { return this.chosen ? this.chosen === 'dark' : this.system.matches; },

  // What the system wants anyway is not remembered, so that the page goes on following it.
  toggle() {
    const wanted = this.dark ? 'light' : 'dark';
    if (this.system.matches === (wanted === 'dark')) {
      localStorage.removeItem(this.key);
    } else {
      localStorage.setItem(this.key, wanted);
    }
    this.show();
  },

  show() {
    document.documentElement.dataset.theme = this.chosen ?? 'system';
    document.getElementById('theme')?.setAttribute('aria-pressed', this.dark);
  },
};

theme.show();
theme.system.addEventListener('change', () => theme.show());
addEventListener('DOMContentLoaded', () => {
  document.getElementById('theme').addEventListener('click', () => theme.toggle());
  theme.show();
});
