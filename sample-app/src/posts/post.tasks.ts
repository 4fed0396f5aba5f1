import { Injectable } from '@nestjs/common';
import { SharedTask } from 'nestjs-celery';
import { PostsRepository } from './posts.repository.js';

@Injectable()
export class PostTasks {
  constructor(private readonly posts: PostsRepository) {}

  /** Nobody waits for it and nobody asks what it gave: the result is not kept. */
  @SharedTask({ name: 'posts.count_view', ignoreResult: true })
  async countView(postId: number): Promise<void> {
    await this.posts.addView(postId);
  }
}
