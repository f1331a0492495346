// Sends the only form of the page on its way; without scripts the person presses its button.
document.forms[0].submit();
