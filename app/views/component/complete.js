/* Forms whose fields complete what is being written from what is known here. */
const MOST = 60;
const MOST_WILDCARDS = 5;
const PRINCIPALS = ['user', 'role', 'root', 'federated', 'account', 'anyone'];
const MARKS = ['marked:owned', 'marked:crown-jewel', 'marked:accepted-risk'];

/* Principals by what people call them where only one has the name, else by their ARN. */
function principals() {
  const atlas = globalThis.iamatlas ?? {};
  if (atlas.principals) return atlas.principals;
  const named = new Map();
  for (const [kind, name, arn] of atlas.things ?? []) {
    if (!PRINCIPALS.includes(kind)) continue;
    const short = kind === 'user' || kind === 'role' ? `${kind}/${name}` : arn;
    named.set(short, [...(named.get(short) ?? []), arn]);
  }
  atlas.principals = [...named].flatMap(([short, arns]) => (arns.length > 1 ? arns : [short]));
  return atlas.principals;
}

function known(from) {
  const atlas = globalThis.iamatlas ?? {};
  if (from === 'sources') return [...MARKS, ...principals()];
  if (from === 'targets') return [...known('goals'), ...(atlas.actions ?? [])];
  if (from === 'goals') {
    const whole = (atlas.things ?? []).filter(([kind]) => kind === 'administrator').map(([, , arn]) => arn);
    return ['admin', ...MARKS, ...whole, ...principals()];
  }
  return atlas[from] ?? [];
}

/* How well a text fits a word: it begins the word, or a part of it behind / or : (0), begins a part behind another
   sign (1), or is only somewhere in it (2); 3 where it isn't. */
function fit(word, text) {
  let best = 3;
  for (let at = word.indexOf(text); at >= 0; at = word.indexOf(text, at + 1)) {
    const before = at ? word[at - 1] : '/';
    best = Math.min(best, '/:'.includes(before) ? 0 : /[a-z0-9]/.test(before) ? 2 : 1);
  }
  return best;
}

function matching(words, text) {
  const wanted = text.trim().toLowerCase();
  if (!wanted) return [words.slice(0, MOST), 0];
  if (/[*?]/.test(wanted)) {
    /* what the wildcards stand for */
    const parts = wanted.replace(/\*+/g, '*').split(/([*?])/);
    if (parts.length > 2 * MOST_WILDCARDS + 1) return [[], 0];
    const written = parts.map((part) => ({ '*': '.*', '?': '.' })[part] ?? part.replace(/[^\w:]/g, '\\$&'));
    const pattern = new RegExp(`^${written.join('')}$`);
    const meant = words.filter((word) => pattern.test(word.toLowerCase()));
    return [meant.slice(0, MOST), Math.max(0, meant.length - MOST)];
  }
  const ranked = [[], [], []];
  for (const word of words) ranked[fit(word.toLowerCase(), wanted)]?.push(word);
  const found = ranked.flat();
  return [found.slice(0, MOST), Math.max(0, found.length - MOST)];
}

function complete(field) {
  const input = field.querySelector('input');
  const list = field.querySelector('ul');
  const lasting = input.name === 'context';
  let at = -1;
  const options = () => [...list.querySelectorAll('li[role="option"]')];
  const close = () => {
    list.classList.remove('open');
    input.setAttribute('aria-expanded', 'false');
    at = -1;
  };
  /* of several KEY=VALUE only the last one is being written */
  const [before, now] = [
    () => (lasting ? input.value.slice(0, input.value.lastIndexOf(';') + 1) : ''),
    () => (lasting ? input.value.slice(input.value.lastIndexOf(';') + 1) : input.value),
  ];
  const open = () => {
    const [found, more] = lasting && now().includes('=') ? [[], 0] : matching(known(field.dataset.from), now());
    list.replaceChildren(...found.map((word, place) => {
      const item = document.createElement('li');
      item.setAttribute('role', 'option');
      item.id = `${list.id}-${place}`;
      item.textContent = word;
      item.title = word;
      return item;
    }));
    if (more) {
      const item = document.createElement('li');
      item.className = 'more';
      item.textContent = `and ${more.toLocaleString('en')} more`;
      list.append(item);
    }
    at = -1;
    list.classList.toggle('open', found.length > 0);
    input.setAttribute('aria-expanded', String(found.length > 0));
  };
  const mark = (place) => {
    const all = options();
    if (!all.length) return;
    at = (place + all.length) % all.length;
    all.forEach((each, index) => each.setAttribute('aria-selected', String(index === at)));
    all[at].scrollIntoView({ block: 'nearest' });
    input.setAttribute('aria-activedescendant', all[at].id);
  };
  const take = (item) => {
    input.value = lasting ? `${before()}${before() ? ' ' : ''}${item.textContent}=` : item.textContent;
    close();
    input.focus();
  };
  input.addEventListener('input', open);
  input.addEventListener('keydown', (event) => {
    const isOpen = list.classList.contains('open');
    if (event.key === 'ArrowDown') { if (!isOpen) open(); mark(at + 1); event.preventDefault(); }
    else if (event.key === 'ArrowUp' && isOpen) { mark(at - 1); event.preventDefault(); }
    else if (event.key === 'Escape' && isOpen) { close(); event.preventDefault(); }
    else if (event.key === 'Enter' && isOpen && at >= 0) { take(options()[at]); event.preventDefault(); }
    else if (event.key === 'Tab' && isOpen && at >= 0) take(options()[at]);
  });
  input.addEventListener('blur', () => setTimeout(close, 150));
  list.addEventListener('mousedown', (event) => {
    event.preventDefault();
    const item = event.target.closest('li[role="option"]');
    if (item) take(item);
  });
}

/* Make a form ready, once: its fields complete, and to submit it asks. */
function prepare(form, ask) {
  if (form.ready) return;
  form.ready = true;
  form.querySelectorAll('.field').forEach(complete);
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    form.querySelectorAll('ul.open').forEach((list) => list.classList.remove('open'));
    form.querySelectorAll('[aria-expanded]').forEach((input) => input.setAttribute('aria-expanded', 'false'));
    ask();
  });
}

/* Whether these data are new to a form: while they are the same, what is being written in it stays. */
function isNew(form, data) {
  const shown = JSON.stringify(data);
  if (form.shown === shown) return false;
  form.shown = shown;
  return true;
}

/* Go to a page with a question: names and values, and each KEY=VALUE of what is known of the request. */
function ask(page, form, values) {
  const asked = new URLSearchParams();
  for (const [name, value] of values) if (value.trim()) asked.set(name, value.trim());
  for (const each of form.elements.context.value.split(';')) if (each.trim()) asked.append('context', each.trim());
  const query = asked.toString();
  globalThis.iamatlas.go(query ? `${page}?${query}` : page);
}
