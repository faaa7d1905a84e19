/* From, to and the filters of paths: all of it goes into the address, so that each answer has one of its own. */
const FIELDS = ['from', 'to', 'on'];
const FILTERS = ['which', 'certainty', 'technique', 'account', 'accepted'];

function isAction(text) {
  return /^[a-z0-9-]+:[A-Za-z0-9*?]+$/.test(text.trim()) && !/^(arn|administrator|marked):/i.test(text.trim());
}

function ready(form) {
  const elements = form.elements;
  form.dress = () => {
    const action = isAction(elements.to.value);
    form.querySelector('.on').hidden = !action;
    form.querySelector('.swap').disabled = action;
    FILTERS.forEach((name) => elements[name].classList.toggle('chosen', elements[name].value !== ''));
  };
  const said = (name) => {
    const value = elements[name].value.trim();
    return (name === 'on' && !isAction(elements.to.value)) || (name === 'to' && value === 'admin') ? '' : value;
  };
  const asked = () => ask('paths', form, [...FIELDS, ...FILTERS].map((name) => [name, said(name)]));
  prepare(form, asked);
  elements.to.addEventListener('input', form.dress);
  FILTERS.forEach((name) => elements[name].addEventListener('change', asked));
  form.querySelector('.swap').addEventListener('click', () => {
    [elements.from.value, elements.to.value] = [elements.to.value === 'admin' ? '' : elements.to.value, elements.from.value];
    asked();
  });
}

function offer(select, options, chosen) {
  const any = document.createElement('option');
  any.value = '';
  any.textContent = 'any';
  const all = options.some(([value]) => value === chosen) || !chosen ? options : [[chosen, chosen], ...options];
  select.replaceChildren(any, ...all.map(([value, text]) => {
    const option = document.createElement('option');
    option.value = value;
    option.textContent = text;
    return option;
  }));
  select.value = chosen;
}

export default function (component) {
  const { data, parentElement } = component;
  const form = parentElement.querySelector('.paths');
  if (!form.dress) ready(form);
  if (!isNew(form, data)) return;
  FIELDS.forEach((name) => { form.elements[name].value = data[name]; });
  form.elements.context.value = data.context;
  offer(form.elements.technique, data.techniques, data.technique);
  offer(form.elements.account, data.accounts, data.account);
  for (const name of ['which', 'certainty', 'accepted']) form.elements[name].value = data[name];
  form.dress();
}
