// Stories of the past, the latest first. They stay in this browser.

import { load, save, watch } from './storage.js';

const kMost = 50;

const kWhen = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit' });

const element = (id) => document.getElementById(id);

export class History {
  // `reopen` is called with the story that somebody wants to see again.
  constructor(reopen) {
    this.reopen = reopen;
    this.before = null;  // the list before the last deletion
    element('history-undo').addEventListener('click', () => this.undo());
    element('history-clear').addEventListener('click', () => this.delete(() => false, 'All are deleted.'));
    watch('history', () => this.read());
    this.read();
  }

  read() {
    this.stories = load('history', []);
    this.show();
  }

  // `story`: time, prompt, text and what app.js shows of it.
  add(story) {
    this.before = null;
    this.keep([story, ...this.stories].slice(0, kMost), '');
  }

  delete(stays, words) {
    this.before = this.stories;
    this.keep(this.stories.filter(stays), words);
    element('history-undo').focus();
  }

  undo() {
    const stories = this.before;
    this.before = null;
    this.keep(stories, 'They are back.');
    element('history-list').querySelector('button')?.focus();
  }

  keep(stories, words) {
    this.stories = stories;
    this.show();
    element('history-said').textContent = save('history', stories) ? words : 'This browser keeps no more stories.';
  }

  show() {
    element('history-empty').hidden = this.stories.length > 0;
    element('history-clear').hidden = this.stories.length < 2;
    element('history-undo').hidden = !this.before;
    element('history-list').replaceChildren(...this.stories.map((story) => this.row(story)));
  }

  row(story) {
    const row = element('history-row').content.cloneNode(true);
    const [open, remove] = row.querySelectorAll('button');
    const [words, when] = open.children;
    words.textContent = (story.prompt + story.text).trim().slice(0, 160);
    when.textContent = kWhen.format(story.time);
    when.dateTime = new Date(story.time).toISOString();
    open.addEventListener('click', () => this.reopen(story));
    remove.setAttribute('aria-label', `Delete “${words.textContent.slice(0, 40)}”`);
    remove.addEventListener('click', () => this.delete((other) => other !== story, 'Deleted.'));
    return row;
  }
}
