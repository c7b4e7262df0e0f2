/** What a storage tells when it cannot keep its word. The node that it belongs to stops. */

/** Something in a file is not what was written there. */
export class StorageDamaged extends Error {
  override readonly name = 'StorageDamaged';
  constructor(
    readonly file: string,
    /** Octets from the start of the file. */
    readonly at: number,
    detail = 'its check sum is wrong',
  ) {
    super(
      `${file} is damaged at octet ${at}: ${detail}. ` +
        "Nothing was changed. 'npx warren repair --data <folder>' leaves out what cannot be read and tells what that was.",
    );
  }
}
