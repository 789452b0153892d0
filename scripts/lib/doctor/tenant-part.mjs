// The doctor's part about the tenant, for `npm run doctor` and `npm run tenant -- doctor`: what the tenant does when it is asked, and,
// where the settings have a client for the Management API, whether it is as described.
import { appliedParts } from "../../tenant/marks.mjs";
import { linesOf, open, standing } from "../../tenant/plan.mjs";
import { openTenant } from "../../tenant/open.mjs";
import { Problem } from "../log.mjs";
import { isFree } from "../ports.mjs";
import { checkTenant, issuerOf } from "./tenant.mjs";

/** `parts`: those to compare; without any, those that were applied. */
export async function doctorOfTenant(report, { settings, offline, ports, file, parts: chosen = [] }) {
  if (offline.tenant && (await isFree(ports.OFFLINE_PORT))) return report.note("The offline tenant is asked while npm start runs");
  if (!URL.canParse(issuerOf(settings))) return report.note("Not asked: AUTH0_DOMAIN names no host");
  await checkTenant(settings, report);
  const onlyLinks = settings.ACCOUNT_LINKING === "1";
  if (onlyLinks)
    report.note("Not compared with tenant/tenant.json: with ACCOUNT_LINKING=1 AUTH0_MANAGEMENT_CLIENT_ID links log-ins (docs/tenant.md)");
  else if (settings.AUTH0_MANAGEMENT_CLIENT_ID && settings.AUTH0_MANAGEMENT_CLIENT_SECRET) await compare(report, settings, file, chosen);
  else report.note("Not compared with tenant/tenant.json: AUTH0_MANAGEMENT_CLIENT_ID is not set (docs/tenant.md)");
}

async function compare(report, settings, file, chosen) {
  const name = "Description of the tenant";
  try {
    const { items, context } = await openTenant({ command: "plan", file, settings, parts: chosen });
    const parts = chosen.length > 0 ? chosen : appliedParts(context.state, settings);
    const differing = open(items).filter(({ part }) => parts.length === 0 || parts.includes(part));
    for (const item of differing) {
      const missing = standing(item).is === "create";
      const cause = missing
        ? "is described in tenant/tenant.json and not there"
        : `differs: ${linesOf([item]).slice(1).join("; ").replace(/ +/g, " ").trim()}`;
      report.bad({ code: missing ? "tenant_missing" : "tenant_differs", name: `${item.kind} ${item.name}`, cause, fix: "npm run tenant -- apply" });
    }
    if (differing.length === 0) report.good(`${name}: the tenant is as tenant/tenant.json says`);
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    report.bad({ code: "tenant_management", name, cause: error.message, fix: error.remedy, setting: "AUTH0_MANAGEMENT_CLIENT_ID" });
  }
}
