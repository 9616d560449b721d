/** Members as people know them: the code to find one by, the name to know it by. */
export type Names = Readonly<Record<string, Readonly<Record<string, string>>>>;

export function nameMember(names: Names | undefined, dimension: string, member: string): string {
  const name = names?.[dimension]?.[member];
  return name && name !== member ? `${member} ${name}` : member;
}
