import type { Sidecar } from "../src/index.js";

/** Three mistakes that the compiler must find; tests/client/test_types.py takes the expectations away and counts. */
export async function misuse(sidecar: Sidecar): Promise<void> {
  // @ts-expect-error: a limit is a number
  await sidecar.call("profiles.list", { limit: "ten" });
  // @ts-expect-error: there is no such method
  await sidecar.call("profiles.conjure", { name: "Ada" });
  const { profile } = await sidecar.call("profiles.get", { profile_id: "ada" });
  // @ts-expect-error: a profile has a name and no title
  console.log(profile.title);
}
