// Posts the form that carries a provider's answer; without scripts its button does.
const form = document.querySelector("form[data-send]");
if (form) form.requestSubmit();
