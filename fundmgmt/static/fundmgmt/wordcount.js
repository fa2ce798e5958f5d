// Counts words as the server counts: runs of characters between spaces.
const words = (text) => (text.trim() ? text.trim().split(/\s+/).length : 0);

for (const count of document.querySelectorAll("[data-count-for]")) {
  const field = document.getElementById(count.dataset.countFor);
  if (!field) continue;
  const limit = Number(count.dataset.max);
  const says = count.textContent;
  const tell = () => {
    const now = words(field.value);
    count.textContent = `${now} / ${limit}`;
    count.title = says;
    count.classList.toggle("over", now > limit);
  };
  field.addEventListener("input", tell);
  tell();
}
