/** One call of the control API; a refusal is an error with the platform's words. */
export async function control(path, body, method = "POST") {
  const answer = await fetch(`/control${path}`, {
    method, headers: { "content-type": "application/json" }, body: method === "POST" ? JSON.stringify(body ?? {}) : undefined,
  });
  const made = await answer.json();
  if (!answer.ok) throw new Error(made.message);
  return made;
}
