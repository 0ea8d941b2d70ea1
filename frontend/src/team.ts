/** The script that Home Assistant's page loads. */

// While it starts, Home Assistant replaces `customElements` with a registry of its own, and loses
// what was defined before (home-assistant/frontend#53890). Its own element is defined after that. On
// a Cast display, where this script is a resource of a dashboard, that element has another name.
void Promise.race(
  ["home-assistant", "hc-main"].map((name) => customElements.whenDefined(name)),
).then(async () => {
  const { register } = await import("./register");
  register();
});

export {};
