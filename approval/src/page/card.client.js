// Comfort only: every page works without this. Counts down, and asks to have seen what is approved when it is critical.
for (const place of document.querySelectorAll("[data-until]")) {
  const until = Number(place.dataset.until);
  const show = () => {
    const seconds = Math.max(0, Math.round((until - Date.now()) / 1000));
    if (seconds < 5400) place.textContent = seconds === 0 ? "now" : `in ${Math.floor(seconds / 60)} min ${seconds % 60} s`;
  };
  show();
  setInterval(show, 1000);
}

for (const button of document.querySelectorAll("[data-after]")) {
  const section = document.getElementById(button.dataset.after);
  const end = section?.lastElementChild;
  if (end === null || end === undefined) continue;
  button.disabled = true;
  button.title = "Look at what would happen first";
  const seen = new IntersectionObserver((entries) => {
    if (!entries.some((entry) => entry.isIntersecting)) return;
    button.disabled = false;
    button.title = "";
    seen.disconnect();
  });
  seen.observe(end);
}
