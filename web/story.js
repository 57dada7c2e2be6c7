// The story on the page, and for the ear.

const kFollows = 64;  // pixels above the end of the page that still count as being there

export class Story {
  constructor(place) {
    this.place = place;
    this.following = true;
    addEventListener('scroll', () => {
      const page = document.documentElement;
      this.following = page.scrollHeight - innerHeight - scrollY < kFollows;
    }, { passive: true });
  }

  begin(prompt) {
    this.place.replaceChildren();
    this.paragraph = null;
    this.run = null;
    this.pending = '';
    this.frame = 0;
    this.following = true;
    this.write(prompt, 'prompt');
  }

  // Tokens may come faster than the screen can show them; those of one frame are written at once.
  append(text) {
    this.pending += text;
    this.frame ||= requestAnimationFrame(() => this.flush());
  }

  flush() {
    cancelAnimationFrame(this.frame);
    this.frame = 0;
    this.write(this.pending, 'tale');
    this.pending = '';
    this.follow();
  }

  // Keeps the end in sight, unless somebody has scrolled away from it.
  follow() {
    if (this.following) scrollTo({ top: document.documentElement.scrollHeight, behavior: 'instant' });
  }

  // One <p> a line, which keeps its newline: so the text of the element is the text, to the byte.
  write(text, kind) {
    for (const line of text.match(/[^\n]*\n|[^\n]+/g) ?? []) {
      if (!this.paragraph) {
        this.paragraph = document.createElement('p');
        this.place.append(this.paragraph);
        this.run = null;
      }
      if (this.run?.className !== kind) {
        this.run = document.createElement('span');
        this.run.className = kind;
        this.run.append('');
        this.paragraph.append(this.run);
      }
      this.run.firstChild.appendData(line);
      if (line.endsWith('\n')) this.paragraph = null;
    }
  }
}

const kPause = 4000;  // milliseconds between two sayings

// Reads the story to screen readers by whole sentences, one saying every few seconds; a voice cannot keep up with tokens.
export class Narrator {
  constructor(place) {
    this.place = place;
    this.begin();
  }

  begin() {
    clearTimeout(this.timer);
    this.timer = 0;
    this.unsaid = '';
    this.place.textContent = '';
  }

  append(text) {
    this.unsaid += text;
    this.timer ||= setTimeout(() => {
      this.timer = 0;
      this.say(/^[^]*[.!?]["”’]?(?=\s)/);
    }, kPause);
  }

  end() {
    clearTimeout(this.timer);
    this.say(/[^]+/);
    this.timer = setTimeout(() => this.begin(), 2 * kPause);  // the story itself is there to be read
  }

  say(pattern) {
    const words = this.unsaid.match(pattern)?.[0] ?? '';
    if (words === '') return;
    this.unsaid = this.unsaid.slice(words.length);
    this.place.textContent = words;
  }
}
