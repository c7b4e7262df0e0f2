/** What is wrong with a class's folder, a roster or a command's words: one sentence for the teacher or the student. */
export class ClassError extends Error {
  override readonly name = 'ClassError';
}
