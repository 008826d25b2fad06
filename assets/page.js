// What pages need of the browser itself: keys, explanations that open beside a number, focus that finds its way back.
(() => {
  "use strict";
  const GAP = 8;
  let lastFocused = null;
  let opened = null;

  // Ctrl-K or Cmd-K presses the button of the command palette.
  document.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey && event.key.toLowerCase() === "k") {
      const button = document.querySelector("[data-palette]");
      if (!button) return;
      event.preventDefault();
      if (!event.repeat) button.click();
    } else if (event.key === "Escape" && opened) {
      event.stopPropagation();
      close();
    }
  }, true);

  // A dialog that closes gives the focus back to where it was taken from.
  const dialogs = "[role=dialog], [role=alertdialog]";
  document.addEventListener("focusin", (event) => {
    if (!event.target.closest(dialogs)) lastFocused = event.target;
  });
  new MutationObserver((changes) => {
    const isClosed = changes.some((change) => [...change.removedNodes].some((node) => node.matches?.(dialogs)));
    if (!isClosed || document.querySelector(dialogs) || (document.activeElement && document.activeElement !== document.body)) return;
    const back = lastFocused?.isConnected ? lastFocused : document.getElementById("content");
    back?.focus({ preventScroll: true });
  }).observe(document.documentElement, { childList: true, subtree: true });

  // The explanation of a number: shown while the pointer or the focus is on its mark, or after a tap; Escape closes it.
  const markOf = (event) => event.target.closest?.(".about");
  function open(mark) {
    if (opened === mark) return;
    close();
    opened = mark;
    mark.dataset.open = "";
    const tip = mark.querySelector(".tip");
    const at = mark.firstElementChild.getBoundingClientRect();
    const size = tip.getBoundingClientRect();
    const left = Math.min(Math.max(GAP, at.left + at.width / 2 - size.width / 2), document.documentElement.clientWidth - size.width - GAP);
    const below = at.bottom + GAP;
    tip.style.left = `${left}px`;
    tip.style.top = `${below + size.height > innerHeight ? Math.max(GAP, at.top - GAP - size.height) : below}px`;
  }
  function close() {
    if (opened) delete opened.dataset.open;
    opened = null;
  }
  document.addEventListener("pointerover", (event) => {
    if (event.pointerType !== "mouse") return;
    const mark = markOf(event);
    if (mark) open(mark);
    else if (opened && !opened.contains(document.activeElement)) close();
  });
  document.addEventListener("focusin", (event) => {
    const mark = markOf(event);
    if (mark && event.target.matches(":focus-visible")) open(mark);
    else if (!mark) close();
  });
  document.addEventListener("click", (event) => {
    const mark = markOf(event);
    if (mark) open(mark);
    else close();
  });
  document.addEventListener("scroll", close, { capture: true, passive: true });

  // A tab that nobody looks at tells the server so, and costs it nothing until it is shown again.
  const tell = () => {
    const button = document.querySelector(document.hidden ? "[data-tab-hide]" : "[data-tab-show]");
    button?.click();
    return button;
  };
  document.addEventListener("visibilitychange", tell);
  if (document.hidden) {
    const opening = setInterval(() => (!document.hidden || tell()) && clearInterval(opening), 1000);
  }
})();
