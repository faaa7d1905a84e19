/* Stands once on every page: keeps the drawing library and the words that fields complete from, searches by
   name, and walks from page to page without loading the explorer anew. One click is one step back. */
const MOST = 12;
const MOST_ACTIONS = 4;

function go(address) {
  window.history.pushState({}, '', new URL(address, document.location.href));
  window.dispatchEvent(new PopStateEvent('popstate', { state: {} }));
  document.querySelector('[data-testid="stMain"]')?.scrollTo(0, 0);
}

/* Names that begin with the text, names that hold it, then ids, accounts and tags; some room is left for actions. */
function find({ things, actions }, text) {
  const wanted = text.trim().toLowerCase();
  if (!wanted) return [];
  const named = actions.filter((action) => action.toLowerCase().includes(wanted)).slice(0, MOST_ACTIONS)
    .map((action) => ['action', action, action, 'who can?', `who-can?${new URLSearchParams({ action })}`, '']);
  const ranked = [[], [], []];
  for (const thing of things) {
    const name = thing[1].toLowerCase();
    if (name.startsWith(wanted)) ranked[0].push(thing);
    else if (name.includes(wanted)) ranked[1].push(thing);
    else if (`${thing[2]} ${thing[3]} ${thing[5]}`.toLowerCase().includes(wanted)) ranked[2].push(thing);
    if (ranked[0].length >= MOST) break;
  }
  return [...ranked.flat().slice(0, MOST - named.length), ...named];
}

function open(form) {
  const input = form.elements.find;
  const list = form.querySelector('ul');
  let found = [];
  let at = -1;
  const close = () => {
    list.classList.remove('open');
    input.setAttribute('aria-expanded', 'false');
    at = -1;
  };
  const mark = (place) => {
    if (!found.length) return;
    at = (place + found.length) % found.length;
    [...list.children].forEach((each, index) => each.setAttribute('aria-selected', String(index === at)));
    list.children[at].scrollIntoView({ block: 'nearest' });
    input.setAttribute('aria-activedescendant', list.children[at].id);
  };
  const visit = (address) => {
    close();
    input.blur();
    if (!address.startsWith('search?')) input.value = '';
    go(address);
  };
  input.addEventListener('input', () => {
    const { icons } = globalThis.iamatlas;
    found = find(globalThis.iamatlas, input.value);
    at = -1;
    const wanted = input.value.trim().toLowerCase();
    list.replaceChildren(...found.map(([kind, name, , account, , tags], place) => {
      const item = document.createElement('li');
      item.setAttribute('role', 'option');
      item.id = `found-${place}`;
      const icon = Object.assign(document.createElement('img'), { src: icons[kind] ?? icons.other, alt: kind });
      const words = document.createElement('b');
      words.textContent = name;
      const where = document.createElement('i');
      /* where the name doesn't show why it was found, the tag does */
      const tag = name.toLowerCase().includes(wanted) ? '' : tags.split('; ').find((each) => each.toLowerCase().includes(wanted));
      where.textContent = tag ? `${tag} · ${account}` : account;
      item.append(icon, words, where);
      return item;
    }));
    list.classList.toggle('open', found.length > 0);
    input.setAttribute('aria-expanded', String(found.length > 0));
  });
  input.addEventListener('keydown', (event) => {
    if (event.key === 'ArrowDown') { mark(at + 1); event.preventDefault(); }
    else if (event.key === 'ArrowUp') { mark(at - 1); event.preventDefault(); }
    else if (event.key === 'Escape') close();
  });
  input.addEventListener('blur', () => setTimeout(close, 150));
  list.addEventListener('mousedown', (event) => {
    event.preventDefault();
    const item = event.target.closest('li');
    if (item) visit(found[[...list.children].indexOf(item)][4]);
  });
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    if (at >= 0) visit(found[at][4]);
    else if (input.value.trim()) visit(`search?${new URLSearchParams({ find: input.value.trim() })}`);
  });
}

export default function (component) {
  const { data, parentElement } = component;
  globalThis.iamatlas = { go, ...data };
  const form = parentElement.querySelector('.finder');
  if (!form.ready) {
    form.ready = true;
    open(form);
  }
  const clicked = (event) => {
    const link = event.composedPath().find((each) => each.tagName === 'A');
    if (!link || event.defaultPrevented || event.button || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const address = link.getAttribute('href') ?? '';
    if (!/^[a-z-]+(\?[^#]*)?$/.test(address)) return;
    event.preventDefault();
    event.stopPropagation();
    go(address);
  };
  const pressed = (event) => {
    const writing = event.composedPath().some((each) => ['INPUT', 'TEXTAREA', 'SELECT'].includes(each.tagName)
      || each.isContentEditable);
    if (event.key !== '/' || writing || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    form.elements.find.focus();
  };
  document.addEventListener('click', clicked, true);
  document.addEventListener('keydown', pressed);
  return () => {
    document.removeEventListener('click', clicked, true);
    document.removeEventListener('keydown', pressed);
  };
}
