/* The card on the map that tells why: opened at a row, told again after every change, closed by Escape. */
Siting.cards = (() => {
  function create(map, plane, panel) {
    const container = map.getContainer();
    let told = null; // the card that is open, and from where the keyboard opened it

    const placeOf = (row) => (row.x === undefined ? row : plane.toLatLng(row.x, row.y));

    /* `content` makes the card of a row, or says that there is none any more. */
    function open(row, content) {
      const popup = L.popup({ maxWidth: 340, minWidth: 260, maxHeight: 420 });
      const opener = panel.contains(document.activeElement) ? document.activeElement : null;
      popup.setLatLng(placeOf(row)).setContent(content()).openOn(map);
      popup.options.autoPan = false; // when it is told again the map stays where it is
      told = { row, content, popup, opener };
      if (opener) popup.getElement().querySelector(".card")?.focus({ preventScroll: true });
    }

    /* After a change an open card tells what is true now, after the frame that shows the change. */
    const retell = () => told?.popup.isOpen() && requestAnimationFrame(() => setTimeout(tellAgain));
    function tellAgain() {
      const { row, content, popup } = told;
      if (!popup.isOpen()) return;
      const isInside = popup.getElement().contains(document.activeElement);
      const card = content();
      if (card) popup.setLatLng(placeOf(row)).setContent(card);
      else popup.close();
      if (isInside) (card ? card.querySelector(".action") ?? card : container).focus({ preventScroll: true });
    }

    container.addEventListener("keydown", ({ key }) => {
      if (key !== "Escape" || !told?.popup.isOpen()) return;
      told.popup.close();
      (told.opener?.isConnected ? told.opener : container).focus({ preventScroll: true });
    });

    return { open, retell };
  }

  return { create };
})();
