// Extras for browsers with JavaScript: lifetimes count down, and texts can be copied.
(() => {
  "use strict";

  const words = (seconds) => {
    const days = Math.floor(seconds / 86400);
    const hours = Math.floor(seconds / 3600) % 24;
    const minutes = Math.floor(seconds / 60) % 60;
    if (days) return `${days} d ${hours} h`;
    if (hours) return `${hours} h ${minutes} min`;
    if (minutes) return `${minutes} min ${seconds % 60} s`;
    return `${seconds % 60} s`;
  };

  const clock = document.querySelector("[data-now]");
  if (clock) {
    // The server's clock counts, not this device's.
    const start = Number(clock.dataset.now);
    const opened = performance.now();
    const tick = () => {
      const now = start + Math.floor((performance.now() - opened) / 1000);
      for (const text of document.querySelectorAll("[data-expires]")) {
        const left = Number(text.dataset.expires) - now;
        text.textContent = left > 0 ? words(left) : "expired";
      }
      for (const bar of document.querySelectorAll("[data-until]")) {
        bar.value = Math.max(0, Number(bar.dataset.until) - now);
      }
    };
    setInterval(tick, 1000);
  }

  if (navigator.clipboard) {
    for (const button of document.querySelectorAll(".copy")) {
      button.hidden = false;
      button.addEventListener("click", async () => {
        const source = button.dataset.copyFrom && document.getElementById(button.dataset.copyFrom);
        await navigator.clipboard.writeText(source ? source.textContent : button.dataset.copy);
        const label = [...button.childNodes];
        button.replaceChildren("Copied");
        setTimeout(() => button.replaceChildren(...label), 1500);
      });
    }
  }
})();
