/**
 * Rights that the operator has and that no request of it ever asks for, each with the reason why it has it all the same.
 * One that was asked for after all, or that no role gives any more, does not belong here: the test says so.
 */
export const unusedRights: Readonly<Record<string, string>> = {
  "update hitcounter.dev/hitcounters/finalizers":
    "An admission plugin asks for it, OwnerReferencesPermissionEnforcement, and never as a request: without it, it lets nobody set an owner reference that blocks its owner's deletion (test/integration/operator/ownersChecked.test.ts).",
};
