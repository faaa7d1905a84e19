/* The Cypher editor: colours what is written, gives each $parameter a field, and hands all over when run. */
const PARTS = [
  ['note', /\/\/[^\n]*|\/\*[\s\S]*?(?:\*\/|$)/y],
  ['said', /'(?:\\.|[^'\\])*(?:'|$)|"(?:\\.|[^"\\])*(?:"|$)/y],
  ['given', /\$[A-Za-z_]\w*/y],
  ['name', /:[A-Za-z_]\w*(?:\|:?[A-Za-z_]\w*)*/y],
  ['word', /\b(?:MATCH|OPTIONAL|WHERE|RETURN|WITH|UNWIND|ORDER|BY|SKIP|LIMIT|AS|AND|OR|NOT|XOR|IN|IS|NULL|CASE|WHEN|THEN|ELSE|END|DISTINCT|UNION|ALL|ANY|NONE|SINGLE|EXISTS|CONTAINS|STARTS|ENDS|CALL|YIELD|DESC|ASC|TRUE|FALSE)\b/iy],
  ['', /[A-Za-z_]\w*|\s+|[^\sA-Za-z_]/y],
];

function coloured(text) {
  const shown = document.createDocumentFragment();
  let at = 0;
  while (at < text.length) {
    for (const [look, pattern] of PARTS) {
      pattern.lastIndex = at;
      const found = pattern.exec(text);
      if (!found) continue;
      if (look) {
        const part = document.createElement('span');
        part.className = look;
        part.textContent = found[0];
        shown.append(part);
      } else shown.append(found[0]);
      at += found[0].length;
      break;
    }
  }
  shown.append('\n');
  return shown;
}

function named(text) {
  const bare = text.replace(/\/\/[^\n]*|'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*"/g, ' ');
  return [...new Set([...bare.matchAll(/\$([A-Za-z_]\w*)/g)].map((found) => found[1]))];
}

function open(form) {
  const text = form.elements.cypher;
  const shown = form.querySelector('pre');
  const fields = form.querySelector('.parameters');
  const values = {};
  form.draw = () => {
    shown.replaceChildren(coloured(text.value));
    const names = named(text.value);
    if (names.join() === fields.dataset.names) return;
    fields.dataset.names = names.join();
    fields.replaceChildren(...names.map((name) => {
      const label = document.createElement('label');
      const field = Object.assign(document.createElement('input'), { type: 'text', value: values[name] ?? '' });
      field.spellcheck = false;
      field.addEventListener('input', () => { values[name] = field.value; });
      label.append(`$${name}`, field);
      return label;
    }));
  };
  form.fill = (given) => {
    Object.keys(values).forEach((name) => delete values[name]);
    Object.assign(values, given);
    fields.dataset.names = '-';
  };
  text.addEventListener('input', form.draw);
  text.addEventListener('keydown', (event) => {
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      form.requestSubmit();
    }
  });
  const ask = (plan) => {
    const given = Object.fromEntries(named(text.value).map((name) => [name, values[name] ?? '']));
    form.run({
      cypher: text.value,
      parameters: given,
      rows: Number(form.elements.rows.value),
      seconds: Number(form.elements.seconds.value),
      plan,
    });
  };
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    ask(false);
  });
  form.querySelector('.plan').addEventListener('click', () => ask(true));
}

export default function (component) {
  const { data, parentElement, setTriggerValue } = component;
  const form = parentElement.querySelector('.editor');
  if (!form.draw) open(form);
  form.run = (asked) => setTriggerValue('run', asked);
  const shown = JSON.stringify(data);
  if (form.shown === shown) return;
  form.shown = shown;
  form.elements.cypher.value = data.cypher;
  form.elements.rows.value = data.rows;
  form.elements.seconds.value = data.seconds;
  form.fill(data.parameters);
  form.draw();
}
