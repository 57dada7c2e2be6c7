// The one WebSocket to the device. It opens itself again when it breaks: soon at first, then ever more patiently, and
// not at all while nobody looks at the page.

const kFirstWait = 500;      // milliseconds
const kLongestWait = 15000;  // a chip restarts in a few seconds

export class Connection {
  // `handlers`: opened(), closed(), waiting(seconds) and message(event), the last with what the service says.
  constructor(url, handlers) {
    this.url = url;
    this.handlers = handlers;
    this.wait = kFirstWait;
    this.timer = 0;
    this.socket = null;
    document.addEventListener('visibilitychange', () => this.comeBack());
    addEventListener('online', () => this.comeBack());
    this.open();
  }

  get isOpen() { return this.socket?.readyState === WebSocket.OPEN; }

  send(message) {
    this.socket.send(JSON.stringify(message));
  }

  // Now, whatever the wait.
  open() {
    clearTimeout(this.timer);
    if (this.socket && this.socket.readyState !== WebSocket.CLOSED) return;
    const socket = new WebSocket(this.url);
    socket.onopen = () => {
      this.wait = kFirstWait;
      this.handlers.opened();
    };
    socket.onmessage = (event) => this.handlers.message(JSON.parse(event.data));
    socket.onclose = () => {
      this.handlers.closed();
      // Up to a quarter more, so that many pages do not fall upon one chip at the same moment.
      this.countDown(Date.now() + this.wait * (1 + Math.random() / 4));
      this.wait = Math.min(this.wait * 2, kLongestWait);
    };
    this.socket = socket;
  }

  countDown(due) {
    const left = due - Date.now();
    if (left <= 0) {
      if (!document.hidden) this.open();
      return;
    }
    this.handlers.waiting(Math.ceil(left / 1000));
    this.timer = setTimeout(() => this.countDown(due), Math.min(left, 1000));
  }

  comeBack() {
    if (!document.hidden && !this.isOpen) this.open();
  }
}
