/** When something came, by the clock of the person who looks: `09:05:07.003`. */
export function timeOfDay(at: Date): string {
  const [hours, minutes, seconds] = [at.getHours(), at.getMinutes(), at.getSeconds()].map((number) => String(number).padStart(2, '0'));
  return `${hours}:${minutes}:${seconds}.${String(at.getMilliseconds()).padStart(3, '0')}`;
}
