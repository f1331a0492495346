// Shows a typed password on request, and ticks off the password rules while it is typed.
// Without this script the rules are a plain list and the server alone decides.
"use strict";

const words = document.body.dataset;

const tests = {
  length: (password, minimum) => [...password].length >= minimum,
  lower: (password) => /[a-z]/.test(password),
  upper: (password) => /[A-Z]/.test(password),
  number: (password) => /[0-9]/.test(password),
  symbol: (password) => /[\^$*.[\]{}()?"!@#%&/\\,><':;|_~`=+-]/.test(password) || /\S \S/.test(password),
  trimmed: (password) => password !== "" && password === password.trim(),
};

function addReveal(control) {
  const input = control.querySelector("input");
  const button = document.createElement("button");
  button.type = "button";
  button.className = "reveal";
  button.setAttribute("aria-controls", input.id);
  const show = (shown) => {
    input.type = shown ? "text" : "password";
    button.textContent = shown ? words.hide : words.show;
    button.setAttribute("aria-label", shown ? words.hidePassword : words.showPassword);
  };
  show(false);
  button.addEventListener("click", () => show(input.type === "password"));
  // Browsers remember what a text field held; a password must be one again when it is sent.
  input.form.addEventListener("submit", () => show(false));
  control.append(button);
}

function addChecklist(list) {
  const input = document.querySelector(`input[aria-describedby~="${list.id}"]`);
  const rules = [...list.querySelectorAll("[data-rule]")];
  const said = document.createElement("p");
  said.className = "visually-hidden";
  said.setAttribute("role", "status");
  list.append(said);
  for (const rule of rules) {
    const state = document.createElement("span");
    state.className = "visually-hidden";
    rule.prepend(state);
  }
  let pause;
  const check = () => {
    let met = 0;
    for (const rule of rules) {
      const isMet = tests[rule.dataset.rule](input.value, Number(rule.dataset.minimum));
      met += isMet;
      rule.firstChild.textContent = `${isMet ? list.dataset.met : list.dataset.unmet} `;
      rule.classList.toggle("met", isMet);
      rule.classList.toggle("passwordCheck-valid-customizable", isMet);
      rule.classList.toggle("passwordCheck-notValid-customizable", !isMet && input.value !== "");
    }
    clearTimeout(pause);
    pause = setTimeout(() => {
      said.textContent = list.dataset.progress.replace("{met}", met).replace("{all}", rules.length);
    }, 700);
  };
  list.classList.add("live");
  input.addEventListener("input", check);
  if (input.value) check();
}

document.querySelectorAll("[data-reveal]").forEach(addReveal);
document.querySelectorAll("[data-checklist]").forEach(addChecklist);
