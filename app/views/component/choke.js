/* What choke points are on the way to: it goes into the address. */
export default function (component) {
  const { data, parentElement } = component;
  const form = parentElement.querySelector('.paths');
  const { to, context } = form.elements;
  prepare(form, () => ask('choke-points', form, [['to', to.value.trim() === 'admin' ? '' : to.value]]));
  if (!isNew(form, data)) return;
  to.value = data.to;
  context.value = data.context;
}
