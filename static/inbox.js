// Copies codes and loads the page again when it may have news.
"use strict";

const SECONDS_BETWEEN_LOADS = 5;

const list = document.querySelector(".messages");

function addCopy(place) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "copy";
  button.textContent = list.dataset.copy;
  button.setAttribute("aria-live", "polite");
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(place.querySelector("code").textContent);
    button.textContent = list.dataset.copied;
  });
  place.append(button);
}

function isInUse() {
  return document.hidden || document.activeElement !== document.body || String(getSelection()) !== "";
}

if (navigator.clipboard) document.querySelectorAll("[data-code]").forEach(addCopy);
document.addEventListener("visibilitychange", () => document.hidden || location.reload());
setInterval(() => isInUse() || location.reload(), SECONDS_BETWEEN_LOADS * 1000);
