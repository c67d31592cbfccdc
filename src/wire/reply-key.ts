/** In a trailer with `none`: there is no response, and the null that came stands for that. */
export const replyKey = 'flowrpc-reply';
