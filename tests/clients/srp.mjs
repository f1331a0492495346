// Owns a client's side of SRP as the mobile SDKs do it, written from their public sources and RFC 5054, with nothing of
// the server's code: numbers are BigInt, bytes are those of a signed big-endian number.
import { createHash, createHmac, randomBytes } from 'node:crypto';

const N = BigInt('0x' + 'FFFFFFFFFFFFFFFFC90FDAA22168C234C4C6628B80DC1CD129024E088A67CC74020BBEA63B139B22514A08798E3404DD'
  + 'EF9519B3CD3A431B302B0A6DF25F14374FE1356D6D51C245E485B576625E7EC6F44C42E9A637ED6B0BFF5CB6F406B7ED'
  + 'EE386BFB5A899FA5AE9F24117C4B1FE649286651ECE45B3DC2007CB8A163BF0598DA48361C55D39A69163FA8FD24CF5F'
  + '83655D23DCA3AD961C62F356208552BB9ED529077096966D670C354E4ABC9804F1746C08CA18217C32905E462E36CE3B'
  + 'E39E772C180E86039B2783A2EC07A28FB5C55DF06F4C52C9DE2BCBF6955817183995497CEA956AE515D2261898FA0510'
  + '15728E5A8AAAC42DAD33170D04507A33A85521ABDF1CBA64ECFB850458DBEF0A8AEA71575D060C7DB3970F85A6E1E4C7'
  + 'ABF5AE8CDB0933D71E8C94E04A25619DCEE3D2261AD2EE6BF12FFA06D98A0864D87602733EC86A64521F2B18177B200C'
  + 'BBE117577A615D6C770988C0BAD946E208E24FA074E5AB3143DB5BFCE0FD108E4B82D120A93AD2CAFFFFFFFFFFFFFFFF');
const g = 2n;

/// The bytes of a number as the mobile SDKs write it: shortest form, with a leading zero where the top bit is set.
export function signedBytes(number) {
  let hex = number.toString(16);
  if (hex.length % 2) hex = `0${hex}`;
  if (parseInt(hex.slice(0, 2), 16) > 127) hex = `00${hex}`;
  return Buffer.from(hex, 'hex');
}

const sha256 = (...parts) => parts.reduce((hash, part) => hash.update(part), createHash('sha256')).digest();
const number = bytes => BigInt(`0x${bytes.toString('hex') || '0'}`);

function power(base, exponent) {
  let [result, factor, rest] = [1n, base % N, exponent];
  while (rest > 0n) {
    if (rest & 1n) result = (result * factor) % N;
    factor = (factor * factor) % N;
    rest >>= 1n;
  }
  return result;
}

const k = number(sha256(signedBytes(N), signedBytes(g)));

/// `EEE MMM d HH:mm:ss 'UTC' yyyy`, in English, the day without a leading zero.
export function timestamp(date = new Date()) {
  const [weekday, day, month, year, time] = date.toUTCString().replace(',', '').split(' ');
  return `${weekday} ${month} ${Number(day)} ${time} UTC ${year}`;
}

export class SrpClient {
  constructor() {
    this.a = number(randomBytes(128)) % N;
    this.A = power(g, this.a);
  }

  get publicA() { return this.A.toString(16); }

  /// The claim for a challenge: `group` is the pool's name or the device group, `user` the name in the proof.
  claim({ group, user, password, parameters, time = timestamp() }) {
    const B = BigInt(`0x${parameters.SRP_B}`);
    const salt = BigInt(`0x${parameters.SALT}`);
    const u = number(sha256(signedBytes(this.A), signedBytes(B)));
    const x = number(sha256(signedBytes(salt), sha256(`${group}${user}:${password}`)));
    const base = (((B - k * power(g, x)) % N) + N) % N;
    const secret = power(base, this.a + u * x);
    const extracted = createHmac('sha256', signedBytes(u)).update(signedBytes(secret)).digest();
    const key = createHmac('sha256', extracted).update('Caldera Derived Key\x01').digest().subarray(0, 16);
    const signature = createHmac('sha256', key)
      .update(group).update(user).update(Buffer.from(parameters.SECRET_BLOCK, 'base64')).update(time).digest('base64');
    return { TIMESTAMP: time, PASSWORD_CLAIM_SECRET_BLOCK: parameters.SECRET_BLOCK, PASSWORD_CLAIM_SIGNATURE: signature };
  }
}

/// What a device keeps and what ConfirmDevice is told.
export function deviceVerifier({ group, key, password }) {
  const salt = number(randomBytes(16));
  const x = number(sha256(signedBytes(salt), sha256(`${group}${key}:${password}`)));
  return { Salt: signedBytes(salt).toString('base64'), PasswordVerifier: signedBytes(power(g, x)).toString('base64') };
}
